// Words on the page in the reader's language. Chinese is the source; other languages live in a catalogue.
import english from '../../translations/frontend.en.json';

const catalogue: Record<string, string> = english;

/** Language of the page: 'zh' or 'en'. */
export function language(): 'zh' | 'en' {
  return document.documentElement.lang.startsWith('en') ? 'en' : 'zh';
}

/** `msgid` in the reader's language, with %(name)s replaced from `values`. */
export function t(msgid: string, values: Record<string, string | number> = {}): string {
  const text = language() === 'en' ? (catalogue[msgid] ?? msgid) : msgid;
  return text.replace(/%\((\w+)\)s/g, (whole, name: string) => String(values[name] ?? whole));
}
