export { compileFabric } from './compile-fabric.ts';
export type { CompiledFabric, CounterMeaning, FabricNode, Layer } from './compiled-fabric.ts';
