"""moto's Step Functions interpreter, taught what AWS's does and it does not."""
