const CLOUD = /^(aws|azure|gcp)-/;
const USUAL_CLOUD = 'aws';

/** The cloud that a region names, or the usual one. */
export function cloudOf(regionId: string): string {
  return CLOUD.exec(regionId)?.[1] ?? USUAL_CLOUD;
}

/** `us-east-2` as published ids write it: `aws-us-east-2`. */
export function cloudRegion(region: string): string {
  return CLOUD.test(region) ? region : `${USUAL_CLOUD}-${region}`;
}

/** As hosts write it: `us-east-2`. */
export function plainRegion(regionId: string): string {
  return regionId.replace(CLOUD, '');
}
