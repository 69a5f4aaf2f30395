/** That somebody asked for a change, and what came of it. */
export interface AuditEntry {
  readonly id: string;
  readonly occurredAt: Date;
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly actorId: string;
  readonly actorName: string;
  readonly actorRole: string;
  /** method and path pattern, such as `DELETE /admin/limits/:limit_id` */
  readonly action: string;
  readonly objectKind: string;
  readonly objectId: string | null;
  /** what the object looked like; null where there was none, or nobody looked */
  readonly before: object | null;
  /** what was answered, without secrets; null where nothing was */
  readonly after: object | null;
  readonly requestId: string;
  readonly clientAddress: string;
  readonly outcome: AuditOutcome;
  readonly status: number;
}

/** Done, refused to the caller (4xx), or failed here (5xx). */
export const AUDIT_OUTCOMES = ['done', 'refused', 'failed'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

export function outcomeOf(status: number): AuditOutcome {
  if (status < 400) return 'done';
  return status < 500 ? 'refused' : 'failed';
}
