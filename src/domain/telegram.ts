import { sha256Hex } from '../lib/hash.ts';
import type { SecondFactor } from './people/secondFactor.ts';

/** A user's account on Telegram. `telegramId` is Telegram's number of the person, and of their private chat with any bot. */
export interface TelegramLink {
  readonly telegramId: string;
  readonly userId: string;
  readonly linkedAt: number;
}

/** The one code a user may be linked by, once, until `expiresAt` (epoch ms). Only its SHA-256 is kept. */
export interface LinkCode {
  readonly userId: string;
  readonly codeHash: string;
  readonly expiresAt: number;
}

/** The hash a code is known by, however it was copied. */
export function linkCodeHash(code: string): string {
  return sha256Hex(`telegram-link\n${code.toUpperCase().replaceAll(/[\s-]/g, '')}`);
}

/** What may be asked about links. */
export type TelegramCommand =
  /** Replaces the user's last code. `secondFactor`: of the person who asks for it, if they have one. */
  | { readonly kind: 'telegram.code'; readonly code: LinkCode; readonly secondFactor?: SecondFactor | null }
  /** Whoever writes from this account knows the code. Replaces earlier links of either side. */
  | { readonly kind: 'telegram.link'; readonly codeHash: string; readonly telegramId: string }
  | { readonly kind: 'telegram.unlink'; readonly userId: string };

export type TelegramChange =
  | { readonly kind: 'telegram.code'; readonly code: LinkCode }
  /** Uses up the user's code. */
  | { readonly kind: 'telegram.linked'; readonly link: TelegramLink }
  | { readonly kind: 'telegram.unlinked'; readonly userId: string };

/** Everybody's codes and links, by the user's id. */
export interface TelegramBook {
  readonly codes: Map<string, LinkCode>;
  readonly links: Map<string, TelegramLink>;
}

export function telegramBook(codes: readonly LinkCode[] = [], links: readonly TelegramLink[] = []): TelegramBook {
  return {
    codes: new Map(codes.map((code) => [code.userId, code])),
    links: new Map(links.map((link) => [link.userId, link])),
  };
}

export function evolveTelegram({ codes, links }: TelegramBook, change: TelegramChange): void {
  switch (change.kind) {
    case 'telegram.code':
      codes.set(change.code.userId, change.code);
      return;
    case 'telegram.linked':
      for (const { userId, telegramId } of links.values()) if (telegramId === change.link.telegramId) links.delete(userId);
      links.set(change.link.userId, change.link);
      codes.delete(change.link.userId);
      return;
    case 'telegram.unlinked':
      links.delete(change.userId);
      return;
  }
}
