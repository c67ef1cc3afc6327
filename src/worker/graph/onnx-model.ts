/**
 * An ONNX model as plain data, and its bytes. Field numbers are those of onnx.proto3 (IR version 10). Nothing is
 * checked: onnxruntime is the judge when it loads the model.
 */

import { ProtobufMessage } from './protobuf.ts';

export const onnxTypes = { float32: 1, uint8: 2, int32: 6, int64: 7, float16: 10 } as const;
export type OnnxType = keyof typeof onnxTypes;

/** A bare number is an integer. */
export type OnnxAttribute = number | readonly number[] | string | { readonly float: number };

export interface OnnxNode {
  readonly op: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxInitializer {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly number[];
  /** Either the bytes themselves, or where they stand in the model's data file. */
  readonly data: Uint8Array | { readonly offset: number; readonly bytes: number };
}

export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxType;
  /** A string names a dimension that differs from run to run. */
  readonly dims: readonly (number | string)[];
}

export interface OnnxModel {
  readonly name: string;
  /** File beside the model that holds the external data. */
  readonly dataFile: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

export function encodeOnnxModel(model: OnnxModel): Uint8Array {
  const graph = new ProtobufMessage();
  for (const [index, node] of model.nodes.entries()) graph.message(1, encodeNode(node, index));
  graph.string(2, model.name);
  for (const initializer of model.initializers) {
    graph.message(5, encodeInitializer(initializer, model.dataFile));
  }
  for (const input of model.inputs) graph.message(11, encodeValue(input));
  for (const output of model.outputs) graph.message(12, encodeValue(output));
  return new ProtobufMessage()
    .int(1, 10)
    .string(2, 'drydock')
    .message(7, graph)
    .message(8, new ProtobufMessage().string(1, '').int(2, 20))
    .message(8, new ProtobufMessage().string(1, 'com.microsoft').int(2, 1))
    .encode();
}

function encodeNode(node: OnnxNode, index: number): ProtobufMessage {
  const message = new ProtobufMessage();
  for (const input of node.inputs) message.string(1, input);
  for (const output of node.outputs) message.string(2, output);
  message.string(3, `${node.op}_${index}`).string(4, node.op);
  for (const [name, value] of Object.entries(node.attributes)) {
    message.message(5, encodeAttribute(name, value));
  }
  return node.domain === '' ? message : message.string(7, node.domain);
}

function encodeAttribute(name: string, value: OnnxAttribute): ProtobufMessage {
  const message = new ProtobufMessage().string(1, name);
  if (typeof value === 'number') return message.int(3, value).int(20, 2);
  if (typeof value === 'string') return message.string(4, value).int(20, 3);
  if ('float' in value) return message.float(2, value.float).int(20, 1);
  for (const item of value) message.int(8, item);
  return message.int(20, 7);
}

function encodeInitializer(initializer: OnnxInitializer, dataFile: string): ProtobufMessage {
  const message = new ProtobufMessage();
  for (const dim of initializer.dims) message.int(1, dim);
  message.int(2, onnxTypes[initializer.type]).string(8, initializer.name);
  const { data } = initializer;
  if (data instanceof Uint8Array) return message.bytes(9, data);
  const entries = [
    ['location', dataFile],
    ['offset', String(data.offset)],
    ['length', String(data.bytes)],
  ] as const;
  for (const [key, value] of entries) {
    message.message(13, new ProtobufMessage().string(1, key).string(2, value));
  }
  return message.int(14, 1);
}

function encodeValue(value: OnnxValue): ProtobufMessage {
  const shape = new ProtobufMessage();
  for (const dim of value.dims) {
    const encoded = new ProtobufMessage();
    shape.message(1, typeof dim === 'number' ? encoded.int(1, dim) : encoded.string(2, dim));
  }
  const tensor = new ProtobufMessage().int(1, onnxTypes[value.type]).message(2, shape);
  return new ProtobufMessage().string(1, value.name).message(2, new ProtobufMessage().message(1, tensor));
}
