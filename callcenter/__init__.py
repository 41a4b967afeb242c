"""物业服务热线:24 小时受理、派工、督办、回访。Import-free, so that small processes stay small."""

__version__ = "0.1.0"
