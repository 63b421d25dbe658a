/** The tool for trying things by hand, in a test. */
export { FreezeProxy } from '../../bench/faults/freeze-proxy.mjs'
