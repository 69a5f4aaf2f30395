import { isIP } from 'node:net';
import { Transform } from 'class-transformer';
import { IsInt, Matches, Max, Min, ValidateBy } from 'class-validator';
import { isNetwork, isPlainHttpPlace } from './plain-http.js';

/** What a variable may hold, one decorator a kind. Each sentence says what is wanted, and none repeats what was given. */

const toInt = ({ value }: { value: unknown }) =>
  typeof value === 'string' && /^-?\d+$/.test(value.trim()) ? Number(value) : value;
export const toBoolean = ({ value }: { value: unknown }) =>
  value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value;
const toList = ({ value }: { value: unknown }) =>
  typeof value === 'string'
    ? value
        .split(',')
        .map(item => item.trim())
        .filter(item => item !== '')
    : value;

export const Int =
  (min: number, max: number): PropertyDecorator =>
  (target, key) => {
    Transform(toInt)(target, key);
    IsInt({ message: `must be a whole number from ${min} to ${max}` })(target, key);
    Min(min, { message: `must be a whole number from ${min} to ${max}` })(target, key);
    Max(max, { message: `must be a whole number from ${min} to ${max}` })(target, key);
  };

/** `auto`, or how many. */
export const WorkerCount =
  (max: number): PropertyDecorator =>
  (target, key) => {
    Transform(toInt)(target, key);
    const isCount = (value: unknown) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= max;
    ValidateBy({
      name: 'workerCount',
      validator: {
        validate: value => value === 'auto' || isCount(value),
        defaultMessage: () => `must be auto or a whole number from 1 to ${max}`,
      },
    })(target, key);
  };

export const UsdPerMillion = (): PropertyDecorator =>
  Matches(/^\d{1,5}(\.\d{1,6})?$/, { message: 'must be US dollars per million tokens such as 15 or 0.5' });

export const HttpUrl = (): PropertyDecorator =>
  ValidateBy({
    name: 'httpUrl',
    validator: {
      validate: value => typeof value === 'string' && isHttpUrl(value),
      defaultMessage: () => 'must be an http or https URL without user, query or fragment',
    },
  });

/** Plain http is for this machine only: anything else would carry the key in the clear. */
export const WorkspaceHost = (): PropertyDecorator =>
  ValidateBy({
    name: 'workspaceHost',
    validator: {
      validate: value => typeof value === 'string' && isWorkspaceHost(value),
      defaultMessage: () => 'must be a host name or an https URL (plain http for loopback only), without a path',
    },
  });

function isHttpUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return /^https?:$/.test(url.protocol) && url.username === '' && url.search === '' && url.hash === '';
}

function isWorkspaceHost(value: string): boolean {
  const text = /^https?:\/\//i.test(value) ? value : `https://${value}`;
  if (!isHttpUrl(text)) return false;
  const url = new URL(text);
  const loopback = url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\./.test(url.hostname);
  return url.pathname === '/' && (url.protocol === 'https:' || loopback);
}

export const IsList =
  (pattern: RegExp, form: string): PropertyDecorator =>
  (target, key) => {
    Transform(toList)(target, key);
    Matches(pattern, { each: true, message: `must be a comma-separated list of ${form}` })(target, key);
  };

const fits = (name: string, validate: (value: string) => boolean, message: string, each = false): PropertyDecorator =>
  ValidateBy(
    {
      name,
      validator: {
        validate: value => typeof value === 'string' && validate(value),
        defaultMessage: () => message,
      },
    },
    { each },
  );

export const PostgresUrl = (): PropertyDecorator =>
  fits('postgresUrl', isPostgresUrl, 'must be a postgresql:// URL; write / @ : in its password as %2F %40 %3A');

/** `name=role` pairs. */
export const RolePairs = (): PropertyDecorator => (target, key) => {
  Transform(toList)(target, key);
  const message = 'must be comma-separated pairs such as bough-admins=admin, each to viewer, editor, admin or owner';
  fits('rolePair', value => /^[^=]{1,200}=(viewer|editor|admin|owner)$/.test(value), message, true)(target, key);
};

/** What a server can listen on: an address or a name. Whether this machine has it is known at the start only. */
export const ListenHost = (): PropertyDecorator =>
  fits('listenHost', isListenHost, 'must be an address of this machine such as 0.0.0.0, or a host name');

export const Networks = (): PropertyDecorator => (target, key) => {
  Transform(toList)(target, key);
  fits(
    'network',
    isNetwork,
    'must be a comma-separated list of addresses or networks such as 10.0.0.0/8',
    true,
  )(target, key);
};

export const PlainHttpPlaces = (): PropertyDecorator => (target, key) => {
  Transform(toList)(target, key);
  const message = 'must be a comma-separated list of hosts, host:port or networks such as ollama:11434,10.0.0.0/8';
  fits('plainHttpPlace', isPlainHttpPlace, message, true)(target, key);
};

function isPostgresUrl(value: string): boolean {
  return /^postgres(ql)?:\/\/./.test(value) && URL.canParse(value);
}

function isListenHost(value: string): boolean {
  if (isIP(value) !== 0) return true;
  return (
    /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(value) &&
    !/^[\d.]+$/.test(value)
  );
}
