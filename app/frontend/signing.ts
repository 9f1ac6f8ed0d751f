// Everything people do with signing keys: enrolling one, signing or sealing an agreement, signing a ruling.
import { signOnRequest } from './signing/agree';
import { enrolKeys } from './signing/enrol';
import { warnInWeChat } from './signing/inapp';
import { decideOnForm } from './signing/ruling';

warnInWeChat();
enrolKeys();
signOnRequest();
decideOnForm();
