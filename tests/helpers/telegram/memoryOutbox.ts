import type { Epoch } from '../../../src/domain/ids.ts';
import { FencedError, type Notice, type Outbox } from '../../../src/ledger/ledger.ts';
import { emptyContent, type StoredNotice } from '../../../src/ledger/memoryContent.ts';
import { createMemoryOutbox, putNotice } from '../../../src/ledger/memoryOutbox.ts';

/** The ledger's outbox in memory, which can be away; as in the ledger, a mark of an older epoch is refused. */
export class MemoryOutbox implements Outbox {
  epoch: Epoch = 1;
  /** When set, every call fails with it: the database is away. */
  outage: Error | null = null;
  /** Why tries failed. */
  readonly failures: string[] = [];
  readonly #content = emptyContent();
  readonly #outbox = createMemoryOutbox(this.#content, (epoch) => {
    if (epoch < this.epoch) throw new FencedError(`epoch ${epoch} is over`);
  });

  get rows(): readonly StoredNotice[] {
    return [...this.#content.notices.values()];
  }

  add(...notices: readonly Notice[]): void {
    for (const notice of notices) putNotice(this.#content.notices, notice);
  }

  /** How many rows are in each state. */
  counts(): Readonly<Record<'waiting' | 'sent' | 'dead', number>> {
    const dead = this.rows.filter(({ deadAt }) => deadAt !== null).length;
    const sent = this.rows.filter(({ sentAt }) => sentAt !== null).length;
    return { waiting: this.rows.length - dead - sent, sent, dead };
  }

  readonly pending: Outbox['pending'] = (...args) => this.#present().pending(...args);
  readonly markSent: Outbox['markSent'] = (...args) => this.#present().markSent(...args);
  readonly markFailed: Outbox['markFailed'] = (epoch, seq, error, dead, at) => {
    this.failures.push(error);
    return this.#present().markFailed(epoch, seq, error, dead, at);
  };
  readonly choice: Outbox['choice'] = (...args) => this.#present().choice(...args);
  readonly choicesToClose: Outbox['choicesToClose'] = (...args) => this.#present().choicesToClose(...args);
  readonly markPressed: Outbox['markPressed'] = (...args) => this.#present().markPressed(...args);
  readonly markClosed: Outbox['markClosed'] = (...args) => this.#present().markClosed(...args);
  readonly recipients: Outbox['recipients'] = (...args) => this.#present().recipients(...args);
  readonly openQuestion: Outbox['openQuestion'] = (...args) => this.#present().openQuestion(...args);
  readonly ask: Outbox['ask'] = (...args) => this.#present().ask(...args);
  readonly updateCursor: Outbox['updateCursor'] = (...args) => this.#present().updateCursor(...args);
  readonly markUpdate: Outbox['markUpdate'] = (...args) => this.#present().markUpdate(...args);

  #present(): Outbox {
    if (this.outage) return rejecting(this.outage);
    return this.#outbox;
  }
}

function rejecting(error: Error): Outbox {
  const fail = (): Promise<never> => Promise.reject(error);
  return {
    ...{ pending: fail, markSent: fail, markFailed: fail },
    ...{ choice: fail, choicesToClose: fail, markPressed: fail, markClosed: fail },
    ...{ recipients: fail, openQuestion: fail, ask: fail, updateCursor: fail, markUpdate: fail },
  };
}
