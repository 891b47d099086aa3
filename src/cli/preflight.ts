import { readFileSync } from 'node:fs';
import { CliError, usageError } from './cliError.ts';
import type { CliCall, CliOptions } from './command.ts';

interface DryRun {
  readonly account: string;
  readonly symbol: string | null;
  readonly verdict: 'would_trade' | 'nothing_to_do' | 'would_be_refused';
  readonly code: string | null;
  readonly message: string | null;
  readonly cancels: readonly string[];
  readonly orders: readonly { readonly text: string; readonly stopPrice: string | null }[];
  readonly notes: readonly string[];
}

/** What the API tells of a message that is tried and not sent. */
export interface Preflight {
  readonly understood: boolean;
  readonly explanation?: string;
  readonly mistakes?: readonly { readonly pointer?: string; readonly code: string; readonly message: string }[];
  readonly placeholders: readonly { readonly placeholder: string; readonly value: string | null; readonly note: string }[];
  readonly notes?: readonly string[];
  readonly dryRun?: readonly DryRun[] | null;
}

export const SAMPLE_OPTIONS = { sample: { type: 'string' }, symbol: { type: 'string' } } satisfies CliOptions;

/** The members of a request to save a hook that have a message tried: `--sample <text or @file>`, and `--symbol` for its {{ticker}}. */
export function sampleOf(call: CliCall): { readonly sampleMessage?: string; readonly sampleSymbol?: string } {
  const sample = call.text('sample');
  const symbol = call.text('symbol');
  if (sample === undefined && symbol !== undefined) throw usageError('--symbol goes with --sample: it is what {{ticker}} in it becomes.');
  if (sample === undefined) return {};
  return { sampleMessage: messageFrom(sample), ...(symbol === undefined ? {} : { sampleSymbol: symbol }) };
}

/** The text itself, or with an @ before it the file that holds it. */
export function messageFrom(given: string): string {
  if (!given.startsWith('@')) return given;
  try {
    return readFileSync(given.slice(1), 'utf8');
  } catch (error) {
    throw new CliError(`${given.slice(1)} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`);
  }
}

/** What a message would do, as a person reads it. */
export function describePreflight({ understood, explanation, mistakes = [], placeholders, notes = [], dryRun }: Preflight): string {
  const filled = placeholders.filter(({ value }) => value !== null);
  return [
    understood ? `The message was understood: ${explanation}` : 'The message would be refused:',
    ...mistakes.map(({ pointer, message }) => `  ✗ ${pointer === undefined || pointer === '' ? '' : `${pointer}: `}${message}`),
    ...filled.map(({ placeholder, value, note }) => `  ${placeholder} was taken to be ${value} (${note})`),
    ...notes.map((note) => `  ! ${note}`),
    ...(dryRun === null
      ? ['  What the accounts would do, nobody can tell now: there is no leader, or it did not answer. Try again.']
      : (dryRun ?? []).flatMap(onAccount)),
  ].join('\n');
}

function onAccount({ account, symbol, verdict, code, message, cancels, orders, notes }: DryRun): readonly string[] {
  const name = symbol === null ? account : `${account} ${symbol}`;
  const why = [...(message === null ? [] : [message]), ...(code === null ? [] : [`(${code})`])].join(' ');
  const verdicts = { would_trade: '✓', nothing_to_do: '–', would_be_refused: '✗' };
  const words = { would_trade: 'would trade', nothing_to_do: 'nothing to do', would_be_refused: 'would be refused' };
  return [
    `  ${verdicts[verdict]} ${name}: ${words[verdict]}${why === '' ? '' : `: ${why}`}`,
    ...(cancels.length === 0 ? [] : [`      cancels ${cancels.length} open order${cancels.length === 1 ? '' : 's'}`]),
    ...orders.map(({ text, stopPrice }) => `      ${text}${stopPrice === null || text.includes(stopPrice) ? '' : ` at ${stopPrice}`}`),
    ...notes.map((note) => `      ${note}`),
  ];
}
