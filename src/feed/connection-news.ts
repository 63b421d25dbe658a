import type { ConnectionEvent } from '../model/event.ts'
import type { Leg } from './leg.ts'
import type { Consumer } from './topic.ts'

/** Tells everybody who listens to a stream of these legs, each once. */
export function tellOnce(legs: Iterable<Leg>, event: ConnectionEvent): void {
  const told = new Set<Consumer>()
  for (const { stream } of legs) {
    for (const topic of stream.topics.values()) {
      for (const consumer of topic.listeners) {
        if (told.has(consumer)) continue
        told.add(consumer)
        consumer.lifecycle(event, topic)
      }
    }
  }
}
