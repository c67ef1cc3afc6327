/** What a path of the engine's listener leads to. Pure. */
import type { Channel, ChannelTable } from './channel-table.ts';

export interface ChannelRoute {
  readonly route: 'channel';
  readonly channel: Channel;
  readonly direction: 'read' | 'write';
}

export type Route =
  | { readonly route: 'worker' }
  | { readonly route: 'telemetry' }
  | ChannelRoute
  /** `refusal` is the status line. */
  | { readonly refusal: string; readonly body: string };

export function routeOf(requestUrl: string, channels: ChannelTable): Route {
  if (!URL.canParse(requestUrl, 'ws://engine')) return { refusal: '404 Not Found', body: '' };
  const url = new URL(requestUrl, 'ws://engine');
  if (url.pathname === '/') return { route: 'worker' };
  if (url.pathname === '/otel') return { route: 'telemetry' };
  const channelId = /^\/ws\/channels\/([^/]+)$/.exec(url.pathname)?.[1];
  if (channelId === undefined) return { refusal: '404 Not Found', body: '' };
  const key = url.searchParams.get('key');
  const direction = url.searchParams.get('dir');
  if (key === null || (direction !== 'read' && direction !== 'write')) {
    const fault = key === null ? 'missing field `key`' : 'dir is neither `read` nor `write`';
    return { refusal: '400 Bad Request', body: `Failed to deserialize query string: ${fault}` };
  }
  const channel = channels.find(channelId, key);
  if (channel === undefined) return { refusal: '404 Not Found', body: 'Channel not found' };
  return { route: 'channel', channel, direction };
}
