import type { SimInstrument } from '../instrument.ts'
import { baskets } from '../market/underlying-list.ts'
import { futuresFilters, spotFilters } from '../trading/filter-values.ts'
import type { SimLimits, VenueRules } from '../venue-rules.ts'
import { unitsText } from '../wire/decimal-text.ts'
import type { Call } from './query.ts'
import { invalidSymbol } from './rest-error.ts'

/** exchangeInfo of the instruments there are, in the shape of the market family. */
export function exchangeInfo(call: Call, limits: SimLimits): string {
  const recorded = call.source.recordedExchangeInfo()
  if (recorded !== undefined) return recorded
  const { rules } = call
  const head = {
    timezone: 'UTC',
    serverTime: call.time(call.source.clockMs() * 1000),
    rateLimits: rateLimits(rules, limits),
  }
  const instruments = selected(call)
  switch (rules.family) {
    case 'spot':
      return JSON.stringify({ ...head, exchangeFilters: [], symbols: instruments.map(spotSymbol) })
    case 'futures':
      return JSON.stringify({
        ...head,
        exchangeFilters: [],
        ...(rules.symbolType === 1
          ? {
              futuresType: 'U_MARGINED',
              assets: [{ asset: 'USDT', marginAvailable: true, autoAssetExchange: '-10000' }],
            }
          : {}),
        symbols: instruments.map(row => futuresSymbol(row, call.source.status(row.symbol))),
      })
    case 'options':
      return JSON.stringify({
        ...head,
        optionContracts: [{ baseAsset: 'BTC', quoteAsset: 'USDT', underlying: 'BTCUSDT', settleAsset: 'USDT' }],
        optionAssets: [{ name: 'USDT' }],
        optionSymbols: instruments.map(row => optionSymbol(row, call.source.status(row.symbol))),
      })
  }
}

function selected(call: Call): readonly SimInstrument[] {
  const all = call.source.instruments()
  const one = call.text('symbol')
  const list = call.text('symbols')
  if (!call.isSpot || (one === undefined && list === undefined)) return all
  const names = one === undefined ? [...(list ?? '').matchAll(/"([^"]+)"/g)].map(match => match[1] ?? '') : [one]
  return names.map(name => {
    const found = all.find(instrument => instrument.symbol === name)
    if (found === undefined) throw invalidSymbol()
    return found
  })
}

function rateLimits(rules: VenueRules, limits: SimLimits): readonly object[] {
  const weight = { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: limits.weightPerMinute }
  if (rules.family === 'spot') {
    return [
      weight,
      { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 100 },
      { rateLimitType: 'ORDERS', interval: 'DAY', intervalNum: 1, limit: 200_000 },
      { rateLimitType: 'RAW_REQUESTS', interval: 'MINUTE', intervalNum: 5, limit: 300_000 },
    ]
  }
  return [
    weight,
    { rateLimitType: 'ORDERS', interval: 'MINUTE', intervalNum: 1, limit: 1200 },
    { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 300 },
  ]
}

function tick(instrument: SimInstrument): string {
  return unitsText(instrument.tickUnits, instrument.priceDecimals, instrument.priceWidth)
}

function lot(instrument: SimInstrument): string {
  return unitsText(instrument.lotUnits, instrument.quantityDecimals, instrument.quantityWidth)
}

function spotSymbol(instrument: SimInstrument): object {
  const { symbol, baseAsset, quoteAsset } = instrument
  return {
    symbol,
    status: 'TRADING',
    baseAsset,
    baseAssetPrecision: 8,
    quoteAsset,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT', 'TAKE_PROFIT_LIMIT'],
    icebergAllowed: true,
    ocoAllowed: true,
    otoAllowed: true,
    opoAllowed: false,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: true,
    cancelReplaceAllowed: true,
    amendAllowed: true,
    pegInstructionsAllowed: false,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: true,
    filters: spotFilterRows(instrument),
    permissions: [],
    permissionSets: [['SPOT', 'MARGIN']],
    defaultSelfTradePreventionMode: 'EXPIRE_MAKER',
    allowedSelfTradePreventionModes: ['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'],
  }
}

function spotFilterRows(instrument: SimInstrument): readonly object[] {
  return [
    {
      filterType: 'PRICE_FILTER',
      minPrice: tick(instrument),
      maxPrice: spotFilters.maxPrice,
      tickSize: tick(instrument),
    },
    { filterType: 'LOT_SIZE', minQty: lot(instrument), maxQty: spotFilters.maxQuantity, stepSize: lot(instrument) },
    {
      filterType: 'MARKET_LOT_SIZE',
      minQty: '0.00000000',
      maxQty: spotFilters.maxMarketQuantity,
      stepSize: '0.00000000',
    },
    {
      filterType: 'NOTIONAL',
      minNotional: spotFilters.minNotional,
      applyMinToMarket: true,
      maxNotional: spotFilters.maxNotional,
      applyMaxToMarket: false,
      avgPriceMins: 5,
    },
    {
      filterType: 'PERCENT_PRICE_BY_SIDE',
      bidMultiplierUp: spotFilters.multiplierUp,
      bidMultiplierDown: spotFilters.multiplierDown,
      askMultiplierUp: spotFilters.multiplierUp,
      askMultiplierDown: spotFilters.multiplierDown,
      avgPriceMins: 5,
    },
    { filterType: 'ICEBERG_PARTS', limit: spotFilters.maxIcebergParts },
    {
      filterType: 'TRAILING_DELTA',
      minTrailingAboveDelta: spotFilters.minTrailingDelta,
      maxTrailingAboveDelta: spotFilters.maxTrailingDelta,
      minTrailingBelowDelta: spotFilters.minTrailingDelta,
      maxTrailingBelowDelta: spotFilters.maxTrailingDelta,
    },
    { filterType: 'MAX_NUM_ORDERS', maxNumOrders: spotFilters.maxOrders },
    { filterType: 'MAX_NUM_ALGO_ORDERS', maxNumAlgoOrders: spotFilters.maxAlgoOrders },
    { filterType: 'MAX_NUM_ORDER_LISTS', maxNumOrderLists: spotFilters.maxOrderLists },
    { filterType: 'MAX_NUM_ORDER_AMENDS', maxNumOrderAmends: spotFilters.maxAmends },
  ]
}

function futuresSymbol(instrument: SimInstrument, contractStatus: string): object {
  const { symbol, pair, contractType, baseAsset, quoteAsset, isInverse } = instrument
  const isIndex = baskets.some(([name]) => name === baseAsset)
  const isTradFi = contractType === 'TRADIFI_PERPETUAL'
  const status = isInverse
    ? { contractStatus, contractSize: instrument.contractSize, equalQtyPrecision: 4 }
    : { status: contractStatus }
  return {
    symbol,
    pair,
    contractType,
    deliveryDate: instrument.deliveryMs,
    onboardDate: instrument.onboardMs,
    ...status,
    baseAsset,
    quoteAsset,
    marginAsset: isInverse ? baseAsset : quoteAsset,
    pricePrecision: instrument.priceWidth,
    quantityPrecision: instrument.quantityDecimals,
    baseAssetPrecision: 8,
    quotePrecision: 8,
    underlyingType: isTradFi ? 'EQUITY' : isIndex ? 'INDEX' : 'COIN',
    underlyingSubType: isTradFi ? ['TradFi'] : [],
    triggerProtect: '0.0500',
    liquidationFee: '0.012500',
    marketTakeBound: futuresFilters.marketTakeBound,
    maxMoveOrderLimit: 10_000,
    filters: [
      {
        filterType: 'PRICE_FILTER',
        minPrice: tick(instrument),
        maxPrice: futuresFilters.maxPrice,
        tickSize: tick(instrument),
      },
      {
        filterType: 'LOT_SIZE',
        minQty: lot(instrument),
        maxQty: futuresFilters.maxQuantity,
        stepSize: lot(instrument),
      },
      {
        filterType: 'MARKET_LOT_SIZE',
        minQty: lot(instrument),
        maxQty: futuresFilters.maxMarketQuantity,
        stepSize: lot(instrument),
      },
      { filterType: 'MAX_NUM_ORDERS', limit: futuresFilters.maxOrders },
      { filterType: 'MAX_NUM_ALGO_ORDERS', limit: futuresFilters.maxAlgoOrders },
      ...(isInverse ? [] : [{ filterType: 'MIN_NOTIONAL', notional: futuresFilters.minNotional }]),
      {
        filterType: 'PERCENT_PRICE',
        multiplierUp: futuresFilters.multiplierUp,
        multiplierDown: futuresFilters.multiplierDown,
        multiplierDecimal: '4',
      },
    ],
    orderTypes: ['LIMIT', 'MARKET', 'STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET', 'TRAILING_STOP_MARKET'],
    timeInForce: ['GTC', 'IOC', 'FOK', 'GTX', ...(isInverse ? [] : ['GTD'])],
  }
}

function optionSymbol(instrument: SimInstrument, status: string): object {
  return {
    symbol: instrument.symbol,
    status,
    contractType: 'CRYPTO_OPTIONS',
    underlyingType: 'CRYPTO',
    side: instrument.option?.side,
    strikePrice: String(instrument.option?.strike),
    underlying: instrument.option?.underlying,
    unit: 1,
    expiryDate: instrument.deliveryMs,
    quoteAsset: instrument.quoteAsset,
    priceScale: instrument.priceWidth,
    quantityScale: instrument.quantityWidth,
    minQty: lot(instrument),
    maxQty: '1000',
    initialMargin: '0.15',
    maintenanceMargin: '0.075',
    minInitialMargin: '0.1',
    minMaintenanceMargin: '0.05',
    liquidationFeeRate: '0.0019000',
    nakedSell: false,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: tick(instrument), maxPrice: '80000.000', tickSize: tick(instrument) },
      { filterType: 'LOT_SIZE', minQty: lot(instrument), maxQty: '1000', stepSize: lot(instrument) },
    ],
  }
}
