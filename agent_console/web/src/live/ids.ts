/** Orders message ids: Redis stream ids ("ms-seq") or plain growing numbers. */

type Id = string | number;

function split(id: Id): [bigint, bigint] | null {
  const match = /^(\d+)(?:-(\d+))?$/.exec(String(id));
  return match ? [BigInt(match[1]!), BigInt(match[2] ?? 0)] : null;
}

/** True when `a` came after `b`; an id of another form is taken as new rather than lost. */
export function isAfter(a: Id, b: Id): boolean {
  const x = split(a);
  const y = split(b);
  if (!x || !y) return String(a) !== String(b);
  return x[0] !== y[0] ? x[0] > y[0] : x[1] > y[1];
}
