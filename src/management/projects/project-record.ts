export interface NewProject {
  readonly id: string;
  readonly name: string;
  readonly organizationId: string;
  readonly regionId: string;
  readonly clientSettings: ClientSettings;
}

/** What published clients set on a project and Bough has no use for: given back as it was. */
export interface ClientSettings {
  readonly pg_version?: number;
  readonly store_passwords?: boolean;
  readonly history_retention_seconds?: number;
  readonly settings?: object;
  readonly default_endpoint_settings?: object;
}

export interface ProjectRecord extends Omit<NewProject, 'clientSettings'> {
  readonly clientSettings: unknown;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deletedAt: Date | null;
}
