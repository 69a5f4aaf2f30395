/** How formats are written, exactly: what a schema calls a time is one. */
export const FORMATS = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
};

/** A schema of the document, as far as the tests read it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: unknown[];
  readonly nullable?: boolean;
  readonly properties?: Record<string, Schema>;
  readonly required?: string[];
  readonly items?: Schema;
  readonly allOf?: Schema[];
  readonly oneOf?: Schema[];
  readonly anyOf?: Schema[];
  readonly additionalProperties?: boolean | Schema;
  readonly description?: string;
  readonly example?: unknown;
  readonly default?: unknown;
}

interface Media {
  readonly schema?: Schema;
  readonly example?: unknown;
}

export interface Response {
  readonly description: string;
  readonly headers?: Record<string, { schema?: Schema; description?: string }>;
  readonly content?: Record<string, Media>;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description?: string;
  readonly example?: unknown;
  readonly schema?: Schema;
}

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: string[];
  readonly security?: Record<string, string[]>[];
  readonly parameters?: Parameter[];
  readonly requestBody?: { readonly content: Record<string, Media> };
  readonly responses: Record<string, Response>;
}

/** The document as it is served, in the types of the tests. */
export interface ApiDocument {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, Schema>; readonly securitySchemes: Record<string, object> };
}

/** An operation under the name of its route, such as `GET /admin/limits/{limit_id}`. */
export interface NamedOperation extends Operation {
  readonly route: string;
  readonly method: string;
  readonly path: string;
}

export function listOperations(document: ApiDocument): NamedOperation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([name, operation]) => {
      const method = name.toUpperCase();
      return { ...operation, method, path, route: `${method} ${path}` };
    }),
  );
}

/** A schema with all that stands in it, each with where it stands. References are not followed. */
export function walkSchema(schema: Schema, place: string): { place: string; schema: Schema }[] {
  const { properties = {}, items, additionalProperties } = schema;
  const parts = [
    ...Object.entries(properties).map(([name, part]) => [`${place}.${name}`, part] as const),
    ...(items === undefined ? [] : [[`${place}[]`, items] as const]),
    ...(typeof additionalProperties === 'object' ? [[`${place}.*`, additionalProperties] as const] : []),
    ...[...(schema.allOf ?? []), ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].map(part => [place, part] as const),
  ];
  return [{ place, schema }, ...parts.flatMap(([where, part]) => walkSchema(part, where))];
}

/**
 * A schema of the document as JSON Schema says it.
 * @param closed whether an object may have nothing but what is named
 */
export function jsonSchemaOf(schema: Schema, closed = true): object {
  const { nullable, properties, items, allOf, oneOf, anyOf, additionalProperties, ...rest } = schema;
  const one = (part: Schema) => jsonSchemaOf(part, closed);
  const list = (parts: Schema[] | undefined) => parts?.map(one);
  const open = typeof additionalProperties === 'object' ? one(additionalProperties) : additionalProperties;
  const parts = {
    properties: properties && Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, one(part)])),
    items: items && one(items),
    ...{ allOf: list(allOf), oneOf: list(oneOf), anyOf: list(anyOf) },
    additionalProperties: open ?? (closed && properties !== undefined ? false : undefined),
  };
  const said = Object.entries(parts).filter(([, part]) => part !== undefined);
  const strict = { ...rest, ...Object.fromEntries(said) };
  return nullable === true ? { anyOf: [{ type: 'null' }, strict] } : strict;
}
