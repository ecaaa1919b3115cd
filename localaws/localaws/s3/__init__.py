"""S3: buckets and objects in the state folder, with their versions, uploads, conditions and events."""
