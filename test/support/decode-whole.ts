import type { EpochUs } from '../../src/model/time.ts'
import type { Decoder, InboundSink, StreamSpec } from '../../src/venue/adapter.ts'

/** Decodes a frame that stands alone in its bytes. */
export function decodeWhole<S extends StreamSpec>(
  decoder: Decoder<S>,
  frame: Uint8Array,
  receiveTimeUs: EpochUs,
  sink: InboundSink<S>,
): void {
  decoder.decode(frame, 0, frame.length, receiveTimeUs, sink)
}
