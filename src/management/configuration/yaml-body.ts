import express, { type NextFunction, type Request, type Response } from 'express';
import { parse } from 'yaml';
import { GatewayError } from '../../errors/gateway-error.js';

/** Fewer than a document needs that somebody writes, and too few to swell. */
const MAX_ALIASES = 100;
const TYPES = ['application/yaml', 'application/x-yaml', 'text/yaml'];

/** Reads YAML where it is taken: what comes out is checked as JSON is. */
export function yamlBody(limit: number) {
  return [express.text({ limit, type: TYPES }), parseYaml];
}

function parseYaml(request: Request, _: Response, next: NextFunction): void {
  const text: unknown = request.body;
  if (typeof text !== 'string') return next();
  try {
    request.body = parse(text, { maxAliasCount: MAX_ALIASES, schema: 'core', merge: false }) as unknown;
    next();
  } catch (error) {
    const [line = ''] = error instanceof Error ? error.message.split('\n') : [];
    next(new GatewayError('invalid_json', { publicMessage: `the request body is not valid YAML: ${line}` }));
  }
}
