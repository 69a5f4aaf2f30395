interface Call {
  readonly id: string;
  readonly name: string;
  taken: boolean;
}

interface Queue {
  readonly calls: Call[];
  /** all before it are taken */
  next: number;
}

/** The calls of a conversation that have no answer yet. Each step takes the same time, however many calls there are. */
export class UnansweredCalls {
  private readonly all: Queue = { calls: [], next: 0 };
  private readonly byId = new Map<string, Queue>();
  private readonly byName = new Map<string, Queue>();

  add(id: string, name: string): void {
    const call: Call = { id, name, taken: false };
    this.all.calls.push(call);
    queueOf(this.byId, id).calls.push(call);
    queueOf(this.byName, name).calls.push(call);
  }

  /** The first call, of this name where it is not null; null for none. */
  takeNamed(name: string | null): string | null {
    return take(name === null ? this.all : this.byName.get(name));
  }

  takeId(id: string): string | null {
    return take(this.byId.get(id));
  }
}

function queueOf(queues: Map<string, Queue>, key: string): Queue {
  const known = queues.get(key);
  if (known !== undefined) return known;
  const queue: Queue = { calls: [], next: 0 };
  queues.set(key, queue);
  return queue;
}

function take(queue: Queue | undefined): string | null {
  if (queue === undefined) return null;
  while (queue.calls[queue.next]?.taken) queue.next += 1;
  const call = queue.calls[queue.next];
  if (call === undefined) return null;
  call.taken = true;
  return call.id;
}
