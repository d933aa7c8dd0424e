import { TsgiError } from '@tsgi/core';
import type { Channel } from './channel.ts';
import { parseCgiAnswer } from './cgi-answer.ts';
import { parseFcgiAnswer } from './fcgi-answer.ts';
import { beginRequest, FCGI, pairs, record, ROLE, stream } from './fcgi-records.ts';
import { parseHttpAnswer } from './http-answer.ts';
import { parseHttp2Answer } from './http2-answer.ts';
import { Http2Channel } from './http2-channel.ts';
import { http2Head } from './http2-request.ts';
import { httpChunk, httpHead } from './http-request.ts';
import { metaVariables } from './meta-variables.ts';
import { Peer, type WireFormat } from './peer.ts';
import { ProgramChannel } from './program-channel.ts';
import { announcedBodyLength, type TaggedRequest } from './request.ts';
import { scgiHead } from './scgi-request.ts';
import { SocketChannel } from './socket-channel.ts';
import { isProgram, schemeOf, type Target } from './target.ts';

const REQUEST_ID = 1;

function httpFormat(request: TaggedRequest, method: string): WireFormat {
  const isChunked = announcedBodyLength(request) === null;
  return {
    head: () => httpHead(request),
    body: (bytes) => (isChunked ? httpChunk(bytes) : bytes),
    end: () => (isChunked ? '0\r\n\r\n' : ''),
    finishes: false,
    parse: ({ received, ending }) => parseHttpAnswer(received, ending, method),
  };
}

function fcgiFormat(request: TaggedRequest, method: string): WireFormat {
  const params = stream(FCGI.PARAMS, REQUEST_ID, pairs(metaVariables(request, false)));
  return {
    head: () =>
      Buffer.concat([beginRequest(REQUEST_ID, ROLE.RESPONDER, false), params, record(FCGI.PARAMS, REQUEST_ID)]),
    body: (bytes) => stream(FCGI.STDIN, REQUEST_ID, bytes),
    end: () => record(FCGI.STDIN, REQUEST_ID),
    finishes: false,
    parse: ({ received, ending }) => parseFcgiAnswer(received, ending, method, REQUEST_ID, true),
  };
}

function scgiFormat(request: TaggedRequest, method: string): WireFormat {
  return {
    head: () => scgiHead(metaVariables(request, true)),
    body: (bytes) => bytes,
    end: () => '',
    finishes: false,
    parse: ({ received, ending }) =>
      parseCgiAnswer(received, { ended: ending !== 'open', orderly: ending === 'orderly' }, method),
  };
}

function cgiFormat(method: string): WireFormat {
  return {
    head: () => '',
    body: (bytes) => bytes,
    end: () => '',
    finishes: true,
    parse: ({ received, ending, log }: Channel) => ({
      ...parseCgiAnswer(received, { ended: ending !== 'open', orderly: ending === 'orderly' }, method),
      log,
    }),
  };
}

/** The head went out when the channel was opened. */
function http2Format(channel: Http2Channel, method: string): WireFormat {
  return {
    head: () => '',
    body: (bytes) => bytes,
    end: () => '',
    finishes: true,
    parse: () => parseHttp2Answer(channel, method),
  };
}

const SOCKET_FORMATS = { http: httpFormat, fcgi: fcgiFormat, scgi: scgiFormat };

/**
 * Connects to a server, or starts a program, for one request. Nothing of it has been sent yet, but for HTTP/2 its head.
 *
 * @throws TsgiError `UNKNOWN_WIRE` for a wire that the kit does not speak and that brings no client.
 */
export async function openPeer(target: Target, request: TaggedRequest, patience: number): Promise<Peer> {
  const { method = 'GET' } = request;
  if (isProgram(target)) {
    const channel = await ProgramChannel.open(target, metaVariables(request, true), patience);
    return new Peer('cgi', channel, cgiFormat(method));
  }
  if (target.client !== undefined) return target.client.open(target, request, patience);
  if (target.wire === 'http2') {
    const isBodiless = announcedBodyLength(request) === undefined;
    const channel = await Http2Channel.open(target, http2Head(request, schemeOf(target)), isBodiless, patience);
    return new Peer('http2', channel, http2Format(channel, method));
  }
  const { wire } = target;
  if (wire !== 'http' && wire !== 'fcgi' && wire !== 'scgi') {
    throw new TsgiError(`unknown wire "${wire}": expected http, http2, fcgi, scgi, cgi, or a target with a client`, {
      code: 'UNKNOWN_WIRE',
      side: 'app',
    });
  }
  const channel = await SocketChannel.open(target, patience);
  return new Peer(wire, channel, SOCKET_FORMATS[wire](request, method));
}
