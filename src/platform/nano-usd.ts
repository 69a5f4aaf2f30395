const NANO_DECIMALS = 9;

/** `1_500_000n` → `"0.0015"`: exactly, without an exponent. */
export function nanoToUsd(nano: bigint): string {
  if (nano < 0n) return `-${nanoToUsd(-nano)}`;
  const digits = nano.toString().padStart(NANO_DECIMALS + 1, '0');
  const fraction = digits.slice(-NANO_DECIMALS).replace(/(?<!0)0+$/, '');
  return fraction === '' ? digits.slice(0, -NANO_DECIMALS) : `${digits.slice(0, -NANO_DECIMALS)}.${fraction}`;
}
