/** The engine's functions that are not discovery: channels and health. */
import { z } from 'zod';
import { BuiltinError, parseInput } from './builtin-error.ts';
import type { Channel, ChannelTable } from './channel-table.ts';
import { engineVersion } from './discovery.ts';
import type { BuiltinFunction } from './function-table.ts';

export function operationFunctions(options: {
  readonly channels: ChannelTable;
  readonly now: () => number;
}): readonly BuiltinFunction[] {
  return [
    {
      kind: 'builtin',
      id: 'engine::channels::create',
      description: 'Create a channel',
      run: (data) => createChannel(options.channels, data),
    },
    {
      kind: 'builtin',
      id: 'engine::health::check',
      description: 'Check system health status',
      run: (data) => {
        parseInput('engine::health::check', z.object({}), data);
        return { status: 'healthy', components: {}, timestamp: options.now(), version: engineVersion };
      },
    },
  ];
}

const channelInput = z.object({ buffer_size: z.int().min(0).nullish() });

function createChannel(channels: ChannelTable, data: unknown): unknown {
  const input = parseInput('engine::channels::create', channelInput, data);
  const channel = channels.create(input.buffer_size ?? undefined);
  if (channel === undefined) throw new BuiltinError('channel_limit', 'Too many channels are in use.');
  return { reader: endOf(channel, 'read'), writer: endOf(channel, 'write') };
}

function endOf(channel: Channel, direction: 'read' | 'write') {
  return { channel_id: channel.id, access_key: channel.accessKey, direction };
}
