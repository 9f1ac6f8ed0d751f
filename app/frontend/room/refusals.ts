// What a refusal by the room means for the reader.
import { t } from '../lib/text';

/** A sentence for a kind of refusal (app/domain/errors.py). */
export function refusalText(kind: string): string {
  switch (kind) {
    case 'not_signed_in':
    case 'signed_out':
      return t('您已退出登录。请重新登录后回到调解室。');
    case 'removed':
      return t('您已不在本案的参加人名单中，调解室已对您关闭。');
    case 'not_found':
      return t('这个房间不对您开放，或者对方已经离开。');
    case 'not_allowed':
      return t('您在本案中没有这项权限。');
    case 'too_many_attempts':
      return t('操作过于频繁，请稍等几秒再试。');
    case 'invalid_input':
      return t('内容为空或过长，没有发送。');
    case 'wrong_state':
      return t('调解室现在没有开放。');
    case 'offline':
      return t('连接已断开，内容已保留，恢复后自动补发。');
    default:
      return t('系统出现故障，已记录。请稍后再试。');
  }
}
