// The court's file: comparing originals with the record, checking proofs, signing the ruling.
import { mountVerify } from './lib/verify-form';
import { warnInWeChat } from './signing/inapp';
import { decideOnForm } from './signing/ruling';

warnInWeChat();
for (const form of document.querySelectorAll<HTMLElement>('[data-verify]')) mountVerify(form);
decideOnForm();
