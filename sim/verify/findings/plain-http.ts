/** HTTP without TLS: from the internet to a machine, and between a load balancer that ends TLS and its targets. */

import { intersect, isInternetWide, rangesOf } from '../../policy/index.ts';
import { type Check, finding, listText } from '../checks.ts';
import type { ModelIndex } from '../model-index.ts';

const HTTP_PORT = 80;

export const checkPlainHttp: Check = ({ index, flows }) => {
  const rows = flows.filter(
    (flow) =>
      isInternetWide(flow.from) &&
      flow.protocol === 'tcp' &&
      (flow.verdict.kind === 'always' || flow.verdict.kind === 'depends') &&
      intersect(rangesOf(flow), [{ from: HTTP_PORT, to: HTTP_PORT }]).length > 0 &&
      !isRedirected(index, flow.to),
  );
  return [...new Set(rows.map(({ to }) => to))].flatMap((to) => {
    const [one] = index.named(to);
    if (one === undefined) return [];
    const message = `the internet reaches ${to} on tcp/${HTTP_PORT}: what is said there is in the clear`;
    return [finding('plain-http-from-internet', { address: one.address, place: one.place, message })];
  });
};

/** A listener that only redirects, or a balancer that does not listen there, says nothing in the clear. */
function isRedirected(index: ModelIndex, to: string): boolean {
  const ids = index.named(to).map(({ id }) => id);
  const balancer = index.model.loadBalancers.find(({ interfaces }) =>
    ids.some((id) => interfaces.includes(id)),
  );
  if (balancer === undefined) return false;
  const listener = balancer.listeners.find(({ port }) => port === HTTP_PORT);
  return listener === undefined || listener.answer?.kind === 'redirect';
}

export const checkPlainTargets: Check = ({ index }) =>
  index.model.loadBalancers.flatMap(({ address, listeners }) =>
    listeners
      .filter(({ protocol }) => protocol === 'HTTPS' || protocol === 'TLS')
      .flatMap((listener) => {
        const plain = listener.targets.filter(({ protocol }) => protocol === 'HTTP' || protocol === 'TCP');
        if (plain.length === 0) return [];
        const names = listText(plain.map((target) => target.address));
        const message = `${address} ends TLS at ${listener.address} and speaks ${plain[0]?.protocol} to ${names}`;
        return [
          finding('plain-http-behind-load-balancer', {
            address: listener.address,
            place: listener.place,
            message,
          }),
        ];
      }),
  );
