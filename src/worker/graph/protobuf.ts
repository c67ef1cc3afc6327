/** Writes protocol-buffer messages: the four field kinds that ONNX needs, and no reading. */

const utf8 = new TextEncoder();

export class ProtobufMessage {
  #parts: Uint8Array[] = [];
  #length = 0;

  int(field: number, value: number): this {
    return this.#varint(field * 8).#varint(value);
  }

  float(field: number, value: number): this {
    return this.#varint(field * 8 + 5).#append(new Uint8Array(Float32Array.of(value).buffer));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#varint(field * 8 + 2)
      .#varint(value.length)
      .#append(value);
  }

  string(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  message(field: number, value: ProtobufMessage): this {
    this.#varint(field * 8 + 2).#varint(value.#length);
    for (const part of value.#parts) this.#append(part);
    return this;
  }

  encode(): Uint8Array {
    const out = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  #append(part: Uint8Array): this {
    this.#parts.push(part);
    this.#length += part.length;
    return this;
  }

  /** Negative numbers are two's complement in 64 bits, as int32 and int64 fields want them. */
  #varint(value: number): this {
    let rest = BigInt.asUintN(64, BigInt(value));
    const out: number[] = [];
    while (rest >= 128n) {
      out.push(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    out.push(Number(rest));
    return this.#append(Uint8Array.from(out));
  }
}
