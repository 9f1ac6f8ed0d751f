// The public verification page.
import { must } from './lib/dom';
import { mountVerify } from './lib/verify-form';

mountVerify(must<HTMLElement>('[data-verify]'));
