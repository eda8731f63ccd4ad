"""The implementations over Amazon's interfaces, which others speak too: blobs on S3."""
