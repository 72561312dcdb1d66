"""What is openSMILE, as backbones of emobench? `plugin` introduces its feature sets, `descriptors` asks for them."""
