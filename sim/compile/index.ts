export type { Direction } from '../vpc/model.ts';
export { compileFabric } from './compile-fabric.ts';
export type {
  CompiledFabric,
  CounterMeaning,
  FabricEnd,
  FabricLink,
  FabricNatGateway,
  FabricNode,
  FabricPort,
  FabricRouter,
  FabricService,
  IpText,
  Layer,
} from './compiled-fabric.ts';
export { countedMark, refusalLogGroups } from './counters.ts';
