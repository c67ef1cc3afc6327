/** Security groups that no interface carries: their rules do nothing, and what was to have them may have others. */

import { type Check, finding } from '../checks.ts';

export const checkUnusedGroups: Check = ({ index }) => {
  const { securityGroups, interfaces, unplaced } = index.model;
  if (unplaced.length > 0 || interfaces.some(({ uncertain }) => uncertain?.securityGroups !== undefined))
    return [];
  return securityGroups
    .filter(({ address, place, name }) => place !== undefined && name !== 'default' && !isDefault(address))
    .filter(({ address }) => index.carriers(address).length === 0)
    .map(({ address, place }) =>
      finding('security-group-unused', { address, place, message: `no interface carries ${address}` }),
    );
};

const isDefault = (address: string) => /(^|\.)aws_default_security_group\./.test(address);
