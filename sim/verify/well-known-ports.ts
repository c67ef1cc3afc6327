/** Ports on which the internet has no business. IANA's registry of service names, or the product's documentation. */

export interface WellKnownPort {
  readonly port: number;
  readonly service: string;
}

export const adminPorts: readonly WellKnownPort[] = [
  { port: 22, service: 'SSH' },
  { port: 3389, service: 'RDP' },
];

export const databasePorts: readonly WellKnownPort[] = [
  { port: 1433, service: 'SQL Server' },
  { port: 1434, service: 'SQL Server Browser' },
  { port: 1521, service: 'Oracle' },
  { port: 2483, service: 'Oracle' },
  { port: 2484, service: 'Oracle over TLS' },
  { port: 3306, service: 'MySQL' },
  { port: 5432, service: 'PostgreSQL' },
  { port: 5439, service: 'Redshift' },
  { port: 5984, service: 'CouchDB' },
  { port: 6379, service: 'Redis' },
  { port: 7000, service: 'Cassandra between nodes' },
  { port: 7001, service: 'Cassandra between nodes, TLS' },
  { port: 8086, service: 'InfluxDB' },
  { port: 8182, service: 'Neptune' },
  { port: 9042, service: 'Cassandra' },
  { port: 9142, service: 'Cassandra over TLS' },
  { port: 9160, service: 'Cassandra Thrift' },
  { port: 9200, service: 'Elasticsearch' },
  { port: 9300, service: 'Elasticsearch between nodes' },
  { port: 11_211, service: 'Memcached' },
  { port: 27_017, service: 'MongoDB' },
  { port: 27_018, service: 'MongoDB shard' },
  { port: 27_019, service: 'MongoDB configuration server' },
  { port: 50_000, service: 'Db2' },
];
