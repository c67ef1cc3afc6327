/** The door of what answers inside a VPC without being in a subnet: its resolver and the instance metadata. */

export { localServicesMachine } from './local-services-machine.ts';
export { loadBalancerName } from './names.ts';
export { type LocalServicesProcess, planLocalServices, withLocalServices } from './plan-local-services.ts';
export { type LocalServiceSettings, readLocalServiceSettings } from './settings.ts';
