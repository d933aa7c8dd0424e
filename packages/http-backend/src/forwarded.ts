// For middleware on other wires: what a trusted proxy says of the client.
export { applyForwarded } from './environ/forwarded.ts';
export { TrustedPeers } from './environ/trusted-peers.ts';
