import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { STORED_KIND_NAMES } from '../../providers/kinds.js';
import {
  Flag,
  FlagText,
  NestedList,
  Nullable,
  OneOf,
  Optional,
  Pattern,
  Text,
  TextList,
} from '../control-plane/requests/fields.js';
import { NewRoute, Route } from './route.dto.js';
import { CLIENT_ID_MEANINGS, KINDS_WITH_ALL_BETA_FLAGS } from './upstream-kinds.js';
import { Page, PageQuery } from '../control-plane/page.js';
import { Audited, Secret } from '../control-plane/audit-trail/audited-field.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const NAME_SENTENCE = 'must be 1 to 64 letters, digits, dots, dashes and underscores';
const SECRET = /^[\x21-\x7e]{0,4096}$/;
const SECRET_SENTENCE = 'must be at most 4096 visible ASCII characters without spaces';
const MAX_ROUTES = 500;
const SECRET_NOTE = {
  writeOnly: true,
  description:
    'API key, access token, client secret, secret access key (with `:` and a session token), or a service account’s JSON ' +
    'key in base64; encrypted, never shown again',
};
const CLIENT_ID = {
  type: String,
  nullable: true,
  description: `${CLIENT_ID_MEANINGS}; without one the secret is a token`,
};

const BETA_FLAGS = {
  type: String,
  isArray: true,
  nullable: true,
  description:
    'which of a caller’s `anthropic-beta` flags go on to it, such as `context-1m-2025-08-07`, `*` at the end for any rest; ' +
    `the others are withheld and named. null: all for ${KINDS_WITH_ALL_BETA_FLAGS}, none for the other kinds`,
};
const MAX_BETA_FLAGS = 64;

export class AddUpstreamBody {
  @ApiProperty({ example: 'openai-eu', description: 'unique; callers read it in x-bough-upstream' })
  @Pattern(NAME, NAME_SENTENCE)
  name!: string;

  @ApiProperty({ enum: STORED_KIND_NAMES, example: 'openai-compatible' })
  @OneOf(STORED_KIND_NAMES)
  kind!: string;

  @ApiProperty({ example: 'https://api.openai.com/v1', description: 'https, or plain http for loopback' })
  @Text(1, 2_048)
  base_url!: string;

  @ApiPropertyOptional({ ...SECRET_NOTE, example: 'sk-example' })
  @Optional()
  @Pattern(SECRET, SECRET_SENTENCE)
  secret?: string;

  @ApiPropertyOptional(CLIENT_ID)
  @Nullable()
  @Text(1, 200)
  client_id?: string | null;

  @ApiPropertyOptional(BETA_FLAGS)
  @Nullable()
  @TextList(MAX_BETA_FLAGS, 128)
  beta_flags?: string[] | null;

  @ApiPropertyOptional({ default: true })
  @Optional()
  @Flag()
  enabled?: boolean;

  @ApiPropertyOptional({ type: () => [NewRoute] })
  @Optional()
  @NestedList(() => NewRoute, MAX_ROUTES)
  routes?: NewRoute[];
}

export class ChangeUpstreamBody {
  @ApiPropertyOptional({ example: 'openai-eu' })
  @Optional()
  @Pattern(NAME, NAME_SENTENCE)
  name?: string;

  @ApiPropertyOptional({ description: 'another host needs the secret anew: a stored one is never sent elsewhere' })
  @Optional()
  @Text(1, 2_048)
  base_url?: string;

  @ApiPropertyOptional(SECRET_NOTE)
  @Optional()
  @Pattern(SECRET, SECRET_SENTENCE)
  secret?: string;

  @ApiPropertyOptional(CLIENT_ID)
  @Nullable()
  @Text(1, 200)
  client_id?: string | null;

  @ApiPropertyOptional(BETA_FLAGS)
  @Nullable()
  @TextList(MAX_BETA_FLAGS, 128)
  beta_flags?: string[] | null;

  @ApiPropertyOptional()
  @Optional()
  @Flag()
  enabled?: boolean;
}

export class ListUpstreamsQuery extends PageQuery {
  @ApiPropertyOptional({ enum: STORED_KIND_NAMES, description: 'whose API it speaks' })
  @Optional()
  @OneOf(STORED_KIND_NAMES)
  kind?: string;

  @ApiPropertyOptional({ description: 'whether it is used' })
  @Optional()
  @FlagText()
  enabled?: boolean;

  @ApiPropertyOptional({ example: 'gpt-5-mini', description: 'only those with a route for this model' })
  @Optional()
  @Text(1, 100)
  model?: string;

  @ApiPropertyOptional({ description: 'a part of the name' })
  @Optional()
  @Text(1, 100)
  search?: string;
}

/** A model of an upstream that is skipped, or tried by one request at a time, because it kept failing. */
export class UpstreamCircuit {
  @Audited()
  @ApiProperty({ example: 'gpt-5-mini', description: 'what the upstream calls the model' })
  upstream_model!: string;

  @Audited()
  @ApiProperty({
    enum: ['open', 'half_open'],
    description: 'open: skipped until `retry_at`; half_open: one request finds out whether it answers again',
  })
  state!: string;

  @Audited()
  @ApiProperty({ format: 'date-time', description: 'in this state since then' })
  since!: string;

  @Audited()
  @ApiProperty({ format: 'date-time', description: 'from then on one request may try it' })
  retry_at!: string;

  @Audited()
  @ApiProperty({
    enum: ['failure_share', 'retry_after', 'no_first_byte', 'probe_failed'],
    description:
      'too many requests failed; it asked to be left alone (`Retry-After`); it did not answer in time; it failed again when it was tried',
  })
  why!: string;
}

export class Upstream {
  @Audited()
  @ApiProperty({ example: 'up_0123456789abcdefghij' })
  id!: string;

  @Audited()
  @ApiProperty()
  name!: string;

  @Audited()
  @ApiProperty({ enum: STORED_KIND_NAMES })
  kind!: string;

  @Audited()
  @ApiProperty()
  base_url!: string;

  @Audited()
  @ApiProperty(CLIENT_ID)
  client_id!: string | null;

  @Audited()
  @ApiProperty(BETA_FLAGS)
  beta_flags!: string[] | null;

  @Audited()
  @ApiProperty()
  enabled!: boolean;

  @Audited()
  @ApiProperty({ type: () => [Route] })
  routes!: Route[];

  @Audited()
  @ApiProperty({
    type: () => [UpstreamCircuit],
    description:
      'the models for which it is skipped now, as the process knows that answers; a change closes all of them',
  })
  circuits!: UpstreamCircuit[];

  @Audited()
  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @Audited()
  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

/** What came of a call to an upstream. */
export class UpstreamTest {
  @Audited()
  @ApiProperty({ description: 'whether it was reached and took the stored secret' })
  ok!: boolean;

  @Audited()
  @ApiProperty({ type: Number, nullable: true, example: 200, description: 'of its answer; null where there was none' })
  status!: number | null;

  @Audited()
  @ApiProperty({ example: 84, description: 'until the head of its answer, or the failure' })
  latency_ms!: number;

  @Secret()
  @ApiPropertyOptional({ example: 'the upstream answered 401: invalid api key', description: 'never holds a secret' })
  error?: string;
}

export class UpstreamList extends Page {
  @ApiProperty({ type: () => [Upstream] })
  upstreams!: Upstream[];
}
