import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resolveSymbol } from '../market/symbolIndex.ts';
import { decimal } from '../money.ts';
import type { OrderRole } from '../order/order.ts';
import { factsFor, intentLine, openOrder, SYMBOLS } from '../signal/planSignal.fixtures.ts';
import { planSignal } from '../signal/planSignal.ts';
import type { Alert } from './alert.ts';
import { parseAlert, parseStoredAlert } from './parseAlert.ts';

/** One case of tests/corpus (its README says what the fields mean). */
interface CorpusCase {
  readonly name: string;
  readonly body: string | readonly string[];
  readonly account?: 'spot' | 'swap';
  readonly venue?: 'full' | 'bare';
  readonly position?: string;
  readonly baseBalance?: string;
  readonly equity?: string;
  readonly quote?: 'none';
  readonly open?: readonly { readonly id: string; readonly role: OrderRole; readonly tag?: string }[];
  readonly orders?: readonly string[];
  readonly cancels?: readonly string[];
  readonly code?: string;
  readonly note?: string;
  readonly mistakes?: readonly string[];
  readonly refused?: string;
  readonly words?: string;
}

const FOLDER = new URL('../../../tests/corpus/', import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
const cases = files.map((file) => ({ file, list: JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as CorpusCase[] }));

describe.each(cases)('corpus: $file', ({ list }) => {
  it.each(list)('$name', (example) => {
    const parsed = parseAlert(typeof example.body === 'string' ? example.body : example.body.join('\n'));
    if (example.mistakes) {
      expect(parsed.ok ? 'understood' : parsed.mistakes.map((mistake) => `${mistake.pointer} ${mistake.code}`)).toEqual(example.mistakes);
      return;
    }
    if (!parsed.ok) expect.fail(JSON.stringify(parsed.mistakes));
    expect(parseStoredAlert(parsed.payload)).toEqual(parsed.alert);
    expect(outcome(example, parsed.alert)).toEqual(expected(example));
  });
});

it('the corpus has at least 80 bodies', () => {
  expect(cases.flatMap(({ list }) => list).length).toBeGreaterThanOrEqual(80);
});

function outcome(example: CorpusCase, alert: Alert): unknown {
  const resolved = resolveSymbol(SYMBOLS, alert.symbol, example.account ?? null);
  const result = resolved.ok ? planSignal(alert, factsOf(example, resolved.market.symbol)) : resolved;
  if (!result.ok)
    return {
      refused: result.refusal.code,
      words: result.refusal.message.includes(example.words ?? '') ? (example.words ?? '') : result.refusal.message,
    };
  const notes = result.notes.join(' ');
  const note = notes.includes(example.note ?? '') ? (example.note ?? '') : notes;
  return { orders: result.intents.map((intent) => intentLine(intent, result.intents)), cancels: result.cancels, code: result.code, note };
}

function expected(example: CorpusCase): unknown {
  if (example.refused !== undefined) return { refused: example.refused, words: example.words ?? '' };
  return { orders: example.orders, cancels: example.cancels ?? [], code: example.code ?? null, note: example.note ?? '' };
}

function factsOf(example: CorpusCase, symbol: string) {
  return factsFor(symbol, {
    bare: example.venue === 'bare',
    position: decimal(example.position ?? '0'),
    baseBalance: example.baseBalance === undefined ? null : decimal(example.baseBalance),
    ...(example.equity === undefined ? {} : { equity: decimal(example.equity) }),
    ...(example.quote === 'none' ? { quote: null } : {}),
    openOrders: (example.open ?? []).map((order) => openOrder(symbol, order.id, order.role, order.tag ?? null)),
  });
}
