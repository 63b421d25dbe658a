import { describe, expect, it } from 'vitest'
import { controlStreams, urlStreams } from './announced-streams.ts'
import { frameStream, frameSymbol, streamStem } from './frame-stream.ts'

describe('the stream of a recorded frame', () => {
  it.each([
    ['{"stream":"btcusdt@depth@100ms","data":{"s":"BTCUSDT"}}', 'btcusdt@depth@100ms', 'BTCUSDT'],
    ['{"stream": "btcusdt@trade", "data": {"s": "BTCUSDT"}}', 'btcusdt@trade', 'BTCUSDT'],
    ['{"stream":"!ticker@arr","data":[{"s":"BTCUSDT"}]}', '!ticker@arr', undefined],
    ['{"e":"depthUpdate","s":"ETHBTC","U":1,"u":2}', 'ethbtc@depth', 'ETHBTC'],
    ['{"e":"aggTrade","s":"ETHBTC"}', 'ethbtc@aggTrade', 'ETHBTC'],
    ['{"e":"kline","s":"ETHBTC","k":{"i":"1m","s":"ETHBTC"}}', 'ethbtc@kline_1m', 'ETHBTC'],
    ['{"e":"forceOrder","o":{"s":"BTCUSDT"}}', 'btcusdt@forceOrder', 'BTCUSDT'],
    ['{"u":1,"s":"BNBUSDT","b":"1","B":"1","a":"2","A":"1"}', 'bnbusdt@bookTicker', 'BNBUSDT'],
    ['{"stream":"币安人生usdt@trade","data":{"s":"币安人生USDT"}}', '币安人生usdt@trade', '币安人生USDT'],
    ['{"result":null,"id":1}', undefined, undefined],
    ['not json', undefined, undefined],
  ])('%s', (text, name, symbol) => {
    expect(frameStream(text)).toBe(name)
    expect(frameSymbol(text)).toBe(symbol)
  })

  it('is the same stream at another speed', () => {
    expect(streamStem('btcusdt@depth@0ms')).toBe(streamStem('btcusdt@depth@100ms'))
    expect(streamStem('btcusdt@markPrice@1s')).toBe('btcusdt@markPrice')
    expect(streamStem('btcusdt@kline_1m')).toBe('btcusdt@kline_1m')
  })

  it('may have been asked for in the URL of the socket or in a control frame', () => {
    expect(urlStreams('wss://h:9443/stream?streams=a@depth@100ms/b@trade')).toEqual(['a@depth@100ms', 'b@trade'])
    expect(urlStreams('wss://h/ws/a@trade')).toEqual(['a@trade'])
    expect(urlStreams('wss://h/stream')).toEqual([])
    const names = ['a@trade', '!ticker@arr']
    const subscribe = JSON.stringify({ method: 'SUBSCRIBE', params: names, id: 1 })
    expect(controlStreams(subscribe)).toEqual({ subscribed: names, dropped: [] })
    expect(controlStreams(subscribe.replace('SUB', 'UNSUB'))).toEqual({ subscribed: [], dropped: names })
    expect(controlStreams('{"method":"LIST_SUBSCRIPTIONS","id":3}')).toEqual({ subscribed: [], dropped: [] })
  })
})
