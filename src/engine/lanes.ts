type Task = () => Promise<unknown>;

interface Lane {
  readonly urgent: (() => Promise<void>)[];
  readonly waiting: (() => Promise<void>)[];
  running: boolean;
}

/**
 * Serial queues, one per account and symbol: tasks of one lane run in order, different lanes run side by side, and at most
 * `inFlight` of them at once. Urgent tasks (what a venue reports) go before waiting ones (what alerts ask).
 */
export class Lanes {
  private readonly lanes = new Map<string, Lane>();
  private readonly ready: string[] = [];
  private active = 0;
  private readonly inFlight: number;
  private readonly onError: (error: unknown) => void;

  /** `onError` gets whatever a task throws; the lane goes on. */
  constructor(inFlight: number, onError: (error: unknown) => void) {
    this.inFlight = inFlight;
    this.onError = onError;
  }

  /** Resolves when the task has run. */
  enqueue(key: string, task: Task, urgency: 'urgent' | 'normal' = 'normal'): Promise<void> {
    return new Promise((resolve) => {
      const lane = this.lanes.get(key) ?? { urgent: [], waiting: [], running: false };
      this.lanes.set(key, lane);
      const settled = async (): Promise<void> => {
        try {
          await task();
        } catch (error) {
          this.onError(error);
        } finally {
          resolve();
        }
      };
      (urgency === 'urgent' ? lane.urgent : lane.waiting).push(settled);
      if (!lane.running) {
        lane.running = true;
        this.ready.push(key);
        this.pump();
      }
    });
  }

  /** Tasks waiting or running. */
  get size(): number {
    let size = this.active;
    for (const lane of this.lanes.values()) size += lane.urgent.length + lane.waiting.length;
    return size;
  }

  private pump(): void {
    while (this.active < this.inFlight) {
      const key = this.ready.shift();
      if (key === undefined) return;
      const lane = this.lanes.get(key);
      const task = lane?.urgent.shift() ?? lane?.waiting.shift();
      if (!lane || !task) {
        this.lanes.delete(key);
        continue;
      }
      this.active += 1;
      void task().then(() => this.finished(key, lane));
    }
  }

  private finished(key: string, lane: Lane): void {
    this.active -= 1;
    if (lane.urgent.length + lane.waiting.length > 0) this.ready.push(key);
    else this.lanes.delete(key);
    this.pump();
  }
}
