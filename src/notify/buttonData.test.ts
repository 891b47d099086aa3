import { describe, expect, it } from 'vitest';
import { buttonData, readButtonData } from './buttonData.ts';

const TOKEN = '123456:secret';
const ref = { noticeId: '019a9f5e-7c3a-7abc-8def-0123456789ab', index: 1, chat: '-1001234567890' };

describe('what a press brings back', () => {
  it('is the button that was hung, within the 64 bytes Telegram allows', () => {
    const data = buttonData(TOKEN, ref);
    expect(Buffer.byteLength(data)).toBeLessThanOrEqual(64);
    expect(readButtonData(TOKEN, data, ref.chat)).toEqual(ref);
    expect(data).not.toContain('secret');
  });

  it.each([
    ['another button', (data: string) => data.replace('b:1', 'b:0'), ref.chat],
    ['another notice', (data: string) => data.replace('019a', '019b'), ref.chat],
    ['another chat', (data: string) => data, '42'],
    ['less of it', (data: string) => data.slice(0, -1), ref.chat],
    ['nothing', () => '', ref.chat],
    ['anything', () => 'b:x:y:z', ref.chat],
  ])('is nothing for %s', (_what, forge, chat) => {
    expect(readButtonData(TOKEN, forge(buttonData(TOKEN, ref)), chat)).toBeNull();
  });

  it('is nothing for another bot', () => {
    expect(readButtonData('654321:secret', buttonData(TOKEN, ref), ref.chat)).toBeNull();
  });
});
