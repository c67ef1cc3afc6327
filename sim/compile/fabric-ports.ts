/** Interfaces and NAT gateways as the running fabric is asked for them: where each is joined to which router. */
import type { VpcModel } from '../vpc/model.ts';
import type { FabricNatGateway, FabricNode } from './compiled-fabric.ts';
import type { PlacedVpc } from './topology.ts';

const programTag = 'drydock:program';

/** In the model's order. */
export function fabricNodes(model: VpcModel, vpcs: readonly PlacedVpc[]): readonly FabricNode[] {
  const programs = new Map(
    model.instances.map(({ networkInterface, tags }) => [networkInterface.id, tags[programTag]]),
  );
  const nodes = new Map(
    vpcs.flatMap(({ router, interfaces }) =>
      interfaces.map(({ networkInterface, namespace, link, subnet }) => {
        const { id, endpoint, privateAddress, ipv6Address, publicAddress } = networkInterface;
        const program = programs.get(id);
        const node: FabricNode = {
          id,
          endpoint,
          namespace,
          router,
          link,
          availabilityZone: subnet.subnet.availabilityZone,
          privateAddress,
          ...(ipv6Address !== undefined && { ipv6Address }),
          ...(publicAddress !== undefined && { publicAddress }),
          ...(program !== undefined && { program }),
        };
        return [id, node];
      }),
    ),
  );
  return model.interfaces.flatMap(({ id }) => nodes.get(id) ?? []);
}

export function fabricNatGateways(vpcs: readonly PlacedVpc[]): readonly FabricNatGateway[] {
  return vpcs.flatMap(({ router, natGateways }) =>
    natGateways.map(({ gateway, namespace, link, subnet }) => ({
      address: gateway.address,
      namespace,
      router,
      link,
      availabilityZone: subnet.subnet.availabilityZone,
      privateAddress: gateway.privateAddress,
      ...(gateway.publicAddress !== undefined && { publicAddress: gateway.publicAddress }),
    })),
  );
}
