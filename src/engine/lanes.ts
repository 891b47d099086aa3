type Task = () => Promise<unknown>;

interface Lane {
  readonly venue: Venue;
  readonly urgent: (() => Promise<void>)[];
  readonly waiting: (() => Promise<void>)[];
  running: boolean;
}

interface Venue {
  readonly ready: string[];
  active: number;
}

export interface LanesOptions {
  readonly inFlight: number;
  /** Gets whatever a task throws; the lane goes on. */
  readonly onError: (error: unknown) => void;
  readonly venueOf: (lane: string) => string;
  /** How many venues share what may be in flight. */
  readonly venues: () => number;
}

/**
 * Serial queues, one per account and symbol: tasks of one lane run in order, different lanes run side by side, and at most
 * `inFlight` of them at once, evenly shared among the venues, so that one that does not answer holds up only its own. Urgent tasks
 * (what a venue reports) go before waiting ones (what alerts ask).
 */
export class Lanes {
  private readonly lanes = new Map<string, Lane>();
  private readonly venues = new Map<string, Venue>();
  private active = 0;
  private readonly options: LanesOptions;

  constructor(options: LanesOptions) {
    this.options = options;
  }

  /** Resolves when the task has run. */
  enqueue(key: string, task: Task, urgency: 'urgent' | 'normal' = 'normal'): Promise<void> {
    return new Promise((resolve) => {
      const lane = this.lanes.get(key) ?? { venue: this.venueFor(key), urgent: [], waiting: [], running: false };
      this.lanes.set(key, lane);
      const settled = async (): Promise<void> => {
        try {
          await task();
        } catch (error) {
          this.options.onError(error);
        } finally {
          resolve();
        }
      };
      (urgency === 'urgent' ? lane.urgent : lane.waiting).push(settled);
      if (lane.running) return;
      lane.running = true;
      lane.venue.ready.push(key);
      this.pump();
    });
  }

  /** Tasks waiting or running. */
  get size(): number {
    let size = this.active;
    for (const lane of this.lanes.values()) size += lane.urgent.length + lane.waiting.length;
    return size;
  }

  private venueFor(key: string): Venue {
    const name = this.options.venueOf(key);
    const venue = this.venues.get(name) ?? { ready: [], active: 0 };
    this.venues.set(name, venue);
    return venue;
  }

  private pump(): void {
    const share = Math.max(1, Math.floor(this.options.inFlight / Math.max(1, this.options.venues())));
    for (const venue of this.venues.values())
      while (venue.active < share && this.active < this.options.inFlight) {
        const key = venue.ready.shift();
        if (key === undefined) break;
        this.start(key, venue);
      }
  }

  private start(key: string, venue: Venue): void {
    const lane = this.lanes.get(key);
    const task = lane?.urgent.shift() ?? lane?.waiting.shift();
    if (!lane || !task) {
      this.lanes.delete(key);
      return;
    }
    this.active += 1;
    venue.active += 1;
    void task().then(() => this.finished(key, lane));
  }

  private finished(key: string, lane: Lane): void {
    this.active -= 1;
    lane.venue.active -= 1;
    if (lane.urgent.length + lane.waiting.length > 0) lane.venue.ready.push(key);
    else this.lanes.delete(key);
    this.pump();
  }
}
