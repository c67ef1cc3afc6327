/** The engine's functions that are not discovery: channels and health, and the names of what this engine leaves out. */
import { z } from 'zod';
import { BuiltinError, parseInput } from './builtin-error.ts';
import type { Channel, ChannelTable } from './channel-table.ts';
import type { BuiltinFunction } from './function-table.ts';
import { type EngineMode, engineVersions } from './mode.ts';

export function operationFunctions(options: {
  readonly channels: ChannelTable;
  readonly mode: EngineMode;
  readonly now: () => number;
}): readonly BuiltinFunction[] {
  return [
    {
      kind: 'builtin',
      id: 'engine::channels::create',
      description: 'Create a channel',
      part: 'iii-engine-functions',
      run: (data) => createChannel(options.channels, data),
    },
    {
      kind: 'builtin',
      id: 'engine::health::check',
      description: 'Check system health status',
      part: 'iii-observability',
      run: (data) => {
        parseInput(healthInput, data);
        const version = engineVersions[options.mode];
        return { status: 'healthy', components: {}, timestamp: options.now(), version };
      },
    },
    ...leftOut,
  ];
}

const healthInput = {
  functionId: 'engine::health::check',
  struct: 'HealthCheckInput',
  schema: z.object({}),
};
const channelInput = {
  functionId: 'engine::channels::create',
  struct: 'CreateChannelInput',
  schema: z.object({ buffer_size: z.int().min(0).nullish() }),
};

function createChannel(channels: ChannelTable, data: unknown): unknown {
  const input = parseInput(channelInput, data);
  const channel = channels.create(input.buffer_size ?? undefined);
  if (channel === undefined) throw new BuiltinError('channel_limit', 'Too many channels are in use.');
  return { reader: endOf(channel, 'read'), writer: endOf(channel, 'write') };
}

function endOf(channel: Channel, direction: 'read' | 'write') {
  return { channel_id: channel.id, access_key: channel.accessKey, direction };
}

/** Functions of a bare iii engine that have nothing to do with calls. They are listed, and answer that they are not here. */
const leftOutIds: Readonly<Record<string, readonly string[]>> = {
  configuration: ['register', 'set', 'get', 'list', 'schema'].map((name) => `configuration::${name}`),
  'iii-observability': [
    ...['info', 'warn', 'error', 'debug', 'trace'].map((level) => `engine::log::${level}`),
    ...['get', 'set', 'get_all'].map((name) => `engine::baggage::${name}`),
    ...['list', 'tree', 'clear', 'group_by'].map((name) => `engine::traces::${name}`),
    'engine::metrics::list',
    'engine::logs::list',
    'engine::logs::clear',
    'engine::sampling::rules',
    'engine::alerts::list',
    'engine::alerts::evaluate',
    'engine::rollups::list',
    'iii-observability::on-config-change',
  ],
};

const leftOut: readonly BuiltinFunction[] = Object.entries(leftOutIds).flatMap(([part, ids]) =>
  ids.map((id): BuiltinFunction => {
    const message = `Function ${id} is not part of the embedded engine`;
    return {
      kind: 'builtin',
      id,
      description: 'Not part of the embedded engine',
      part,
      metadata: id.endsWith('::on-config-change') ? { internal: true } : undefined,
      run: () => {
        throw new BuiltinError('function_not_invokable', message);
      },
    };
  }),
);
