"""Every CloudFormation resource type that the stack uses, over boto3, for moto's create_stack."""
