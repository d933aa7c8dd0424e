/** IPv4 over an IPv6 socket is IPv4 to everybody else. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
