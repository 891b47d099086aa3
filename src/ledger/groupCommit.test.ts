import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { GroupCommit } from './groupCommit.ts';

interface Outcome {
  state: 'waiting' | 'done' | 'lost';
}

/** A group commit whose transactions end when the test says so. */
function given(itemsMax = 100) {
  const transactions: { epoch: number; items: readonly string[]; commit: () => void; fail: (error: Error) => void }[] = [];
  const commitGroup = (epoch: number, items: readonly string[]): Promise<void> =>
    new Promise((commit, fail) => {
      transactions.push({ epoch, items, commit, fail });
    });
  const group = new GroupCommit<string>(commitGroup, itemsMax);
  const add = (epoch: number, ...items: string[]): Outcome => {
    const outcome: Outcome = { state: 'waiting' };
    group.add(epoch, items).then(
      () => Object.assign(outcome, { state: 'done' }),
      () => Object.assign(outcome, { state: 'lost' }),
    );
    return outcome;
  };
  const end = async (how: 'commit' | 'fail'): Promise<void> => {
    transactions.at(-1)?.[how](new Error('connection lost'));
    await nextTurn();
  };
  return { add, transactions, end };
}

const states = (outcomes: readonly Outcome[]): string[] => outcomes.map(({ state }) => state);

describe('group commit', () => {
  it('starts at once when nobody else is writing', () => {
    const { add, transactions } = given();
    add(1, 'a');
    expect(transactions.map(({ items }) => items)).toEqual([['a']]);
  });

  it('lets all who waited share the next transaction, in the order they came', async () => {
    const { add, transactions, end } = given();
    const outcomes = [add(1, 'a'), add(1, 'b', 'c'), add(1, 'd')];
    await end('commit');
    expect(transactions[1]?.items).toEqual(['b', 'c', 'd']);
    expect(states(outcomes)).toEqual(['done', 'waiting', 'waiting']);
    await end('commit');
    expect(states(outcomes)).toEqual(['done', 'done', 'done']);
  });

  it('bounds a transaction without splitting a request', async () => {
    const { add, transactions, end } = given(3);
    for (const items of ['a', 'bc', 'd', 'e', 'fghi']) add(1, ...items);
    for (let i = 0; i < 3; i += 1) await end('commit');
    expect(transactions.map(({ items }) => items.join(''))).toEqual(['a', 'bcd', 'e', 'fghi']);
  });

  it('stores nothing that was to follow a lost transaction', async () => {
    const { add, transactions, end } = given();
    const outcomes = [add(1, 'a'), add(1, 'b')];
    await end('fail');
    outcomes.push(add(1, 'c'));
    await nextTurn();
    expect(states(outcomes)).toEqual(['lost', 'lost', 'lost']);
    expect(transactions).toHaveLength(1);
  });

  it('goes on with the next epoch after one has failed', async () => {
    const { add, transactions, end } = given();
    const outcomes = [add(1, 'a'), add(2, 'b')];
    await end('fail');
    expect(transactions[1]).toMatchObject({ epoch: 2, items: ['b'] });
    await end('commit');
    expect(states(outcomes)).toEqual(['lost', 'done']);
  });
});
