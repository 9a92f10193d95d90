export { loadMarket, type Market } from '../catalog/market.ts'
