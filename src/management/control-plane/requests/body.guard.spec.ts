import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { Body, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { BodyGuard } from './body.guard.js';
import { YamlReader } from './yaml-reader.service.js';

class Things {
  create(@Body() body: object): object {
    return body;
  }
}

describe('documents of the control plane that come all at once', () => {
  const guard = new BodyGuard(new Reflector(), new YamlReader());

  /** In which turns of the event loop so many documents of this size are parsed, beginning with the first. */
  async function turnsOf(count: number, size: number): Promise<number[]> {
    const bytes = Buffer.from(JSON.stringify({ text: 'x'.repeat(size) }));
    const turns: number[] = [];
    let turn = 0;
    let turning = setImmediate(function next() {
      turn += 1;
      turning = setImmediate(next);
    });
    const original = JSON.parse.bind(JSON);
    const parse = jest.spyOn(JSON, 'parse').mockImplementation((text: string) => {
      turns.push(turn);
      return original(text) as unknown;
    });
    try {
      await Promise.all(
        Array.from({ length: count }, () => {
          const headers = { 'content-type': 'application/json', 'content-length': String(bytes.length) };
          const request = Object.assign(Readable.from([bytes]), { headers, complete: true });
          const http = { getRequest: () => request, getResponse: () => ({}) as ServerResponse };
          return guard.canActivate({
            ...{ switchToHttp: () => http, getClass: () => Things },
            getHandler: () => Reflect.get(Things.prototype, 'create') as unknown,
          } as unknown as ExecutionContext);
        }),
      );
    } finally {
      clearImmediate(turning);
      parse.mockRestore();
    }
    return turns;
  }

  it('are parsed one a turn of the event loop where they are large', async () => {
    const turns = await turnsOf(8, 100_000);
    expect(new Set(turns).size).toBe(8);
  });

  it('are parsed as they come where they are small', async () => {
    const turns = await turnsOf(8, 1_000);
    expect(turns.length).toBe(8);
    expect(new Set(turns).size).toBeLessThan(8);
  });
});
