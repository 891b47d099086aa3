import type { Said } from '../answers.ts';
import { ban, whitelist } from './access.ts';
import type { Ask } from './act.ts';
import { type Asker, type Demand, refusalOf } from './asker.ts';
import type { DeskDeps } from './deps.ts';
import { close, flatten, resume } from './destructive.ts';
import { halt, reduce } from './halt.ts';
import { unlink } from './link.ts';
import { orders, pnl, positions, type Reads, status } from './reads.ts';
import { readsFor } from './scope.ts';

/** A command people may send. Null: everything was said elsewhere. */
export interface MenuEntry extends Demand {
  readonly name: string;
  readonly usage: string;
  readonly help: string;
  readonly carryOut: (ask: Ask, deps: DeskDeps) => Promise<Said | string | null>;
}

const anybody = { role: 'viewer', open: true } as const;
const stopper = { role: 'trader', open: true } as const;
const trader = { role: 'trader', open: false } as const;
const admin = { role: 'admin', open: false } as const;

/** Says what this person may see. */
function reading(say: (reads: Reads, argument: string) => Promise<Said>): MenuEntry['carryOut'] {
  return (ask, { reads }) => say(readsFor(ask.asker, reads), ask.argument);
}

/** In the order of /help. `open` ones are for anybody in a chat of the settings. */
export const MENU: readonly MenuEntry[] = [
  { ...anybody, name: 'status', usage: '', help: 'mode, leader, orders in doubt', carryOut: reading(status) },
  { ...anybody, name: 'positions', usage: '[page]', help: 'what is held', carryOut: reading(positions) },
  { ...anybody, name: 'orders', usage: '[page]', help: 'open orders', carryOut: reading(orders) },
  { ...anybody, name: 'pnl', usage: '', help: 'realised today (UTC)', carryOut: reading(pnl) },
  { ...stopper, name: 'halt', usage: '[account] [reason]', help: 'no more orders, at once', carryOut: halt },
  { ...trader, name: 'reduce', usage: '[account] [reason]', help: 'exits only, at once', carryOut: reduce },
  { ...trader, name: 'close', usage: '<symbol> [account]', help: 'close one position', carryOut: close },
  { ...admin, name: 'flatten', usage: '[account]', help: 'cancel all orders, close all positions', carryOut: flatten },
  { ...admin, name: 'resume', usage: '[account]', help: 'trade again; asks for your code', carryOut: resume },
  { ...admin, name: 'whitelist', usage: 'list|add|remove', help: 'who may post alerts', carryOut: whitelist },
  { ...admin, name: 'ban', usage: 'list|lift', help: 'who is shut out', carryOut: ban },
  { role: 'viewer', open: false, name: 'unlink', usage: '', help: 'forget who I am', carryOut: unlink },
];

/** What this person may do here. */
export function menuFor(asker: Asker): readonly MenuEntry[] {
  return MENU.filter((entry) => refusalOf(asker, entry) === null);
}

/** The same for Telegram's own menu. */
export function menuItems(asker: Asker): readonly { command: string; description: string }[] {
  return menuFor(asker).map(({ name, help }) => ({ command: name, description: help }));
}

export function helpFor(asker: Asker): string {
  const lines = menuFor(asker).map(({ name, usage, help }) => `/${name}${usage === '' ? '' : ` ${usage}`}: ${help}`);
  const who = asker.user ? `You are ${asker.user.email}, ${asker.user.role}.` : 'You are not linked: /link <code> in a private chat.';
  return [...lines, who].join('\n');
}
