// Where one writes and switches devices. Each room keeps its own half-written text, so none lands in the wrong one.
import { icon, must } from '../lib/dom';
import { t } from '../lib/text';
import { toast } from '../lib/toast';
import { Media, type DeviceState } from './media';
import type { Audience } from './protocol';

interface Acts {
  say: (text: string) => void;
  device: (kind: 'microphone' | 'camera', on: boolean) => Promise<void>;
}

const ICONS = {
  microphone: [{ icon: 'microphone-off' }, { icon: 'microphone' }],
  camera: [{ icon: 'video-off' }, { icon: 'video' }],
} as const;

export class Composer {
  private readonly text: HTMLTextAreaElement;
  private readonly send: HTMLButtonElement;
  private readonly devices: Record<'microphone' | 'camera', HTMLButtonElement>;
  private room: number | null = null;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly number: string,
    private readonly acts: Acts,
  ) {
    this.text = must('textarea', form);
    this.send = must('button[type=submit]', form);
    this.devices = { microphone: must('[data-microphone]', form), camera: must('[data-camera]', form) };
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.say();
    });
    this.text.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      if (window.matchMedia('(pointer: coarse)').matches) return;
      event.preventDefault();
      this.say();
    });
    this.text.addEventListener('input', () => {
      this.keep();
      this.grow();
    });
    for (const kind of ['microphone', 'camera'] as const) {
      this.devices[kind].hidden = !Media.possible;
      this.devices[kind].addEventListener('click', () => void this.toggle(kind));
    }
  }

  /** The room one is in now: its name stands above the text, its half-written text comes back. */
  enter(audience: Audience, name: string): void {
    must('[data-say-label]', this.form).textContent = t('发给：%(room)s', { room: name });
    this.form.classList.toggle('composer-private', audience.kind === 'caucus');
    this.text.disabled = this.send.disabled = false;
    if (this.room === audience.id) return;
    this.room = audience.id;
    this.text.value = sessionStorage.getItem(this.key()) ?? '';
    this.grow();
  }

  /** Between two rooms nothing can be written: it might be heard in the wrong one. */
  pause(): void {
    this.text.disabled = this.send.disabled = true;
  }

  /** Puts refused text back, unless something else was written meanwhile. */
  restore(text: string): void {
    if (!this.text.value) this.text.value = text;
    this.keep();
  }

  /** The room is closed to the reader. */
  close(): void {
    this.text.disabled = this.send.disabled = true;
    for (const button of Object.values(this.devices)) button.disabled = true;
  }

  showDevices(on: DeviceState): void {
    for (const kind of ['microphone', 'camera'] as const) {
      const button = this.devices[kind];
      button.setAttribute('aria-pressed', String(on[kind]));
      button.querySelector('svg')?.replaceWith(icon(ICONS[kind][on[kind] ? 1 : 0].icon));
    }
  }

  private say(): void {
    const text = this.text.value.trim();
    if (!text) return;
    this.acts.say(text);
    this.text.value = '';
    this.keep();
    this.grow();
    this.text.focus();
  }

  private async toggle(kind: 'microphone' | 'camera'): Promise<void> {
    const button = this.devices[kind];
    button.disabled = true;
    try {
      await this.acts.device(kind, button.getAttribute('aria-pressed') !== 'true');
    } catch (error) {
      const refused = error instanceof DOMException && error.name === 'NotAllowedError';
      toast(refused ? t('浏览器没有允许使用设备。可在地址栏的权限里打开；文字不受影响。') : t('没有找到可用的设备。文字不受影响。'), 'bad');
    } finally {
      button.disabled = false;
    }
  }

  private key(): string {
    return `say:${this.number}:${this.room ?? ''}`;
  }

  private keep(): void {
    if (this.text.value) sessionStorage.setItem(this.key(), this.text.value);
    else sessionStorage.removeItem(this.key());
  }

  private grow(): void {
    this.text.rows = Math.min(6, this.text.value.split('\n').length);
  }
}
