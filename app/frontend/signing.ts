// What people do with signing keys: enrolling one, signing or sealing an agreement. Rulings are in court.ts.
import { signOnRequest } from './signing/agree';
import { enrolKeys } from './signing/enrol';
import { warnInWeChat } from './signing/inapp';

warnInWeChat();
enrolKeys();
signOnRequest();
