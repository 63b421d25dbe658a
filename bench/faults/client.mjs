// Runs one client as its documentation shows it, and tells its parent how many events it has got so far.
const { client, port } = JSON.parse(process.argv[2])
const OWN = { ccxt: './ccxt-loop.mjs', 'tardis-dev': './tardis-defaults.mjs' }
const { default: connect } = await import(OWN[client] ?? `../clients/${client}.mjs`)

let events = 0
let told = 0
setInterval(() => {
  if (events === told) return
  told = events
  process.send(events)
}, 20)
process.on('disconnect', () => process.exit(0))

await connect({ port, kind: 'trade', onEvent: () => events++ })
