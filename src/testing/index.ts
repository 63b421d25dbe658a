export { FakeClock, settle } from './fake-clock.ts'
export { MemorySocket, memoryDial } from './memory-dial.ts'
