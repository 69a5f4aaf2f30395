import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { HttpUrl, IsList, toBoolean, WorkspaceHost } from '../config/environment-rules.js';
import { mayUsePlainHttp } from '../config/plain-http.js';
import { pathFaultOf, type Rule, withoutTrailingSlash } from './address.js';
import type { Account } from './provider.js';

/** An environment variable: what it may hold, and what it is where nothing is said. */
interface Variable<Value> {
  readonly rules: readonly PropertyDecorator[];
  readonly initial: Value;
}
type Variables = Readonly<Record<string, Variable<unknown>>>;
type ValuesOf<V extends Variables> = {
  readonly [Name in keyof V]: V[Name] extends Variable<infer Value> ? Value : never;
};

const optional = (...rules: PropertyDecorator[]): Variable<string | undefined> => {
  return { rules: [IsOptional(), ...rules], initial: undefined };
};

/** One variable each, as a kind's file writes it down. */
export const variable = {
  text: () => optional(IsString()),
  shortText: () => optional(IsString(), MaxLength(4096)),
  /** A header's value: what else it held, no request could be sent with. */
  key: () =>
    optional(
      Matches(/^[\x21-\x7e]{1,4096}$/, { message: 'must be 1 to 4096 visible ASCII characters without spaces' }),
    ),
  url: () => optional(HttpUrl()),
  workspace: () => optional(WorkspaceHost()),
  flag: (): Variable<boolean> => {
    return { rules: [Transform(toBoolean), IsBoolean({ message: 'must be true or false' })], initial: false };
  },
  list: (pattern: RegExp, form: string): Variable<readonly string[]> => {
    return { rules: [IsList(pattern, form)], initial: [] };
  },
};

/** What of a model tells whether an account serves it. */
export interface NamedModel {
  readonly id: string;
  readonly provider: string;
  readonly providerModelId: string | null;
  readonly nativeDialects: ReadonlySet<string>;
}

/** What an account calls a model; null for one that it does not serve. */
export type Naming = (model: NamedModel) => string | null;

/** An account that environment variables name. */
export interface EnvironmentAccount extends Account {
  readonly nameOf: Naming;
  /** where the address tells that it is another's */
  readonly kind?: 'openai-compatible';
}

/** What goes with what is known only beside the rest of the environment. */
export interface Surroundings {
  /** the places that may be reached over plain http */
  readonly allowedHttp: readonly string[];
  readonly production: boolean;
}

/** The account of one kind that the environment may name. */
export interface KindEnvironment {
  readonly variables: Variables;
  /** one sentence for every mistake, with the variable's name and nothing of its value */
  problems(values: Readonly<Record<string, unknown>>, surroundings: Surroundings): readonly string[];
  /** null where the environment names none; of values that were checked */
  account(values: Readonly<Record<string, unknown>>): EnvironmentAccount | null;
}

/** What a kind says of its variables, with their values typed as it declared them. */
export function environmentOf<V extends Variables>(
  variables: V,
  reading: {
    problems(values: ValuesOf<V>, surroundings: Surroundings): readonly string[];
    account(values: ValuesOf<V>): EnvironmentAccount | null;
  },
): KindEnvironment {
  return {
    variables,
    problems: (values, surroundings) => reading.problems(values as ValuesOf<V>, surroundings),
    account: values => reading.account(values as ValuesOf<V>),
  };
}

/** What is wrong with the address that a variable gives; one that is no URL has been told of already. */
export function addressProblems(
  name: string,
  url: string | undefined,
  pathFault: Rule | null,
  { allowedHttp }: Surroundings,
): string[] {
  if (url === undefined || !URL.canParse(url)) return [];
  const fault = pathFaultOf(pathFault, url);
  if (fault !== null) return [`${name} ${fault}`];
  if (mayUsePlainHttp(new URL(url), allowedHttp)) return [];
  return [`${name} is plain http: use https, or name its host in BOUGH_ALLOWED_HTTP_UPSTREAMS`];
}

/** An account that is known by a key alone. */
export function keyed(apiKey: string | undefined, baseUrl: string, nameOf: Naming): EnvironmentAccount | null {
  if (apiKey === undefined) return null;
  return { baseUrl: withoutTrailingSlash(baseUrl), authentication: { type: 'token', token: apiKey }, nameOf };
}

/** Models of these makers, under their own ids. */
export const madeBy =
  (...makers: readonly string[]): Naming =>
  model =>
    makers.includes(model.provider) ? model.providerModelId : null;

/** Google makes open models too, which its Gemini API does not answer. */
export const googlesGemini: Naming = model =>
  model.nativeDialects.has('gemini_generate_content') ? madeBy('google')(model) : null;
